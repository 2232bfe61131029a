"""The benchmarks behind the speed claims of the documentation: ``./run bench``."""
