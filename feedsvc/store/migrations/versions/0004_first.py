"""The tables of the first feedsvc that was released, 0.1.0: no older store can be upgraded."""

revision = "0004"
down_revision = None
