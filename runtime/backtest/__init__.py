"""What a plan would have done on a history, and what two plans do differently on the same one."""
