CREATE TABLE `event_ids` (
	`account_id` integer NOT NULL,
	`digest` blob NOT NULL,
	PRIMARY KEY(`account_id`, `digest`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `checkpoint` ADD `partitions` text DEFAULT '0-63' NOT NULL;