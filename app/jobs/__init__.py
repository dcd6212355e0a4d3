"""What runs without anybody waiting for it: a bell names a job, the database says what is due."""
