"""The running program: when, as whom and for whom. Commands, schedule, gaps, alerts."""
