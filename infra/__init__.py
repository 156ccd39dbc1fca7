"""The cloud side of Sluiceway: what is deployed, how it is bundled, and the local cloud."""
