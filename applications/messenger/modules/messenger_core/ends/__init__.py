"""What ends: a session, and a member's being here. Must not live here: what anybody wrote."""
