DROP INDEX `messages_by_conversation`;--> statement-breakpoint
ALTER TABLE `messages` ADD `version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `messages_by_conversation` ON `messages` (`account_id`,`conversation_id`,`position`,`is_chat`);--> statement-breakpoint
ALTER TABLE `agents` ADD `version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `contact_inboxes` ADD `version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `contact_inboxes_by_source` ON `contact_inboxes` (`account_id`,`inbox_id`,`source_id`);--> statement-breakpoint
ALTER TABLE `contacts` ADD `created_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `contacts` ADD `updated_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `contacts` ADD `version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `contacts_by_email` ON `contacts` (`account_id`,lower("email"));--> statement-breakpoint
CREATE INDEX `contacts_by_phone` ON `contacts` (`account_id`,`phone_number`);--> statement-breakpoint
CREATE INDEX `contacts_by_identifier` ON `contacts` (`account_id`,`identifier`);--> statement-breakpoint
ALTER TABLE `conversations` ADD `version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `conversations_by_status` ON `conversations` (`account_id`,`status`,`last_activity_at`,`inbox_id`,`assignee_id`,`team_id`);--> statement-breakpoint
CREATE INDEX `conversations_by_activity` ON `conversations` (`account_id`,`last_activity_at`,`inbox_id`,`assignee_id`,`team_id`);--> statement-breakpoint
CREATE INDEX `conversations_by_contact` ON `conversations` (`account_id`,`contact_id`,`id`);--> statement-breakpoint
CREATE INDEX `conversations_by_session` ON `conversations` (`account_id`,`contact_inbox_id`,`id`);--> statement-breakpoint
ALTER TABLE `inboxes` ADD `identifier` text;--> statement-breakpoint
ALTER TABLE `inboxes` ADD `hmac_token` text;--> statement-breakpoint
ALTER TABLE `inboxes` ADD `hmac_mandatory` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `inboxes` ADD `lock_to_single_conversation` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `inboxes` ADD `version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `inboxes_by_identifier` ON `inboxes` (`identifier`);--> statement-breakpoint
ALTER TABLE `users` ADD `access_token_hash` text;--> statement-breakpoint
ALTER TABLE `users` ADD `version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `users_by_id` ON `users` (`id`);--> statement-breakpoint
CREATE INDEX `users_by_access_token` ON `users` (`access_token_hash`);--> statement-breakpoint
CREATE INDEX `users_by_email` ON `users` (`account_id`,lower("email"));