CREATE TABLE `accounts` (
	`account_id` integer NOT NULL,
	`id` integer NOT NULL,
	`name` text NOT NULL,
	PRIMARY KEY(`account_id`, `id`)
);
--> statement-breakpoint
CREATE TABLE `agents` (
	`account_id` integer NOT NULL,
	`id` integer NOT NULL,
	`role` text NOT NULL,
	`availability` text NOT NULL,
	`auto_offline` integer NOT NULL,
	`status` text NOT NULL,
	PRIMARY KEY(`account_id`, `id`)
);
--> statement-breakpoint
CREATE INDEX `agents_by_role` ON `agents` (`account_id`,`role`);--> statement-breakpoint
CREATE TABLE `checkpoint` (
	`id` integer PRIMARY KEY NOT NULL,
	`position` integer NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `contact_inboxes` (
	`account_id` integer NOT NULL,
	`id` integer NOT NULL,
	`contact_id` integer NOT NULL,
	`inbox_id` integer NOT NULL,
	`source_id` text NOT NULL,
	`pubsub_token` text NOT NULL,
	`hmac_verified` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`account_id`, `id`)
);
--> statement-breakpoint
CREATE INDEX `contact_inboxes_by_contact` ON `contact_inboxes` (`account_id`,`contact_id`);--> statement-breakpoint
CREATE TABLE `contacts` (
	`account_id` integer NOT NULL,
	`id` integer NOT NULL,
	`name` text NOT NULL,
	`email` text,
	`phone_number` text,
	`identifier` text,
	`thumbnail` text NOT NULL,
	`additional_attributes` text NOT NULL,
	`custom_attributes` text NOT NULL,
	`blocked` integer NOT NULL,
	PRIMARY KEY(`account_id`, `id`)
);
--> statement-breakpoint
CREATE TABLE `conversations` (
	`account_id` integer NOT NULL,
	`id` integer NOT NULL,
	`inbox_id` integer NOT NULL,
	`contact_id` integer NOT NULL,
	`contact_inbox_id` integer NOT NULL,
	`assignee_id` integer,
	`team_id` integer,
	`status` text NOT NULL,
	`snoozed_until` text,
	`priority` text,
	`labels` text NOT NULL,
	`additional_attributes` text NOT NULL,
	`custom_attributes` text NOT NULL,
	`agent_last_seen_at` integer,
	`contact_last_seen_at` integer,
	`first_reply_at` integer,
	`waiting_since` integer,
	`last_incoming_at` integer,
	`last_activity_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`account_id`, `id`)
);
--> statement-breakpoint
CREATE TABLE `inboxes` (
	`account_id` integer NOT NULL,
	`id` integer NOT NULL,
	`name` text NOT NULL,
	`channel` text NOT NULL,
	`members` text NOT NULL,
	PRIMARY KEY(`account_id`, `id`)
);
--> statement-breakpoint
CREATE TABLE `messages` (
	`account_id` integer NOT NULL,
	`id` integer NOT NULL,
	`conversation_id` integer NOT NULL,
	`position` integer NOT NULL,
	`content` text,
	`message_type` text NOT NULL,
	`content_type` text NOT NULL,
	`content_attributes` text NOT NULL,
	`private` integer NOT NULL,
	`status` text NOT NULL,
	`sender` text,
	`source_id` text,
	`external_source_ids` text NOT NULL,
	`additional_attributes` text NOT NULL,
	`sentiment` text NOT NULL,
	`attachments` text NOT NULL,
	`is_chat` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`account_id`, `id`)
);
--> statement-breakpoint
CREATE INDEX `messages_by_conversation` ON `messages` (`account_id`,`conversation_id`,`is_chat`,`position`);--> statement-breakpoint
CREATE INDEX `messages_unread` ON `messages` (`account_id`,`conversation_id`,`message_type`,`created_at`);--> statement-breakpoint
CREATE TABLE `parked` (
	`position` integer PRIMARY KEY NOT NULL,
	`account_id` integer NOT NULL,
	`type` text NOT NULL,
	`reason` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `teams` (
	`account_id` integer NOT NULL,
	`id` integer NOT NULL,
	`name` text NOT NULL,
	PRIMARY KEY(`account_id`, `id`)
);
--> statement-breakpoint
CREATE TABLE `users` (
	`account_id` integer NOT NULL,
	`id` integer NOT NULL,
	`name` text NOT NULL,
	`available_name` text NOT NULL,
	`avatar_url` text NOT NULL,
	`email` text,
	`pubsub_token` text NOT NULL,
	PRIMARY KEY(`account_id`, `id`)
);
