"""The published snapshot as an asset: what passed the gate, copied for readers. Publishing itself is orchestration.publishing's."""
