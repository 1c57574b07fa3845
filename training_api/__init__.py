"""What a job is and how it is done; runs inside each job."""
