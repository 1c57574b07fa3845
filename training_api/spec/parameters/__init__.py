"""Hyper-parameters by subject; `training_api.spec.hyper_parameters` puts them together."""
