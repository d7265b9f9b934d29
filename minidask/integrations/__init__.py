"""What other projects plug minidask in with."""
