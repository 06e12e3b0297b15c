"""What Shadower itself does in a workspace, as it is told in that workspace's log."""
