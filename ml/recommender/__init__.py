"""What people will want next, learnt from everything they did before."""
