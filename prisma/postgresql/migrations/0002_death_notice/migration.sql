-- Sessions say which lock tells that their process is dead.
-- minCompatible: 1

ALTER TABLE "workers" ADD COLUMN lock_name TEXT COLLATE "C";
