// Package config finds out how payreconcile is to run: flags go over
// environment variables (PAYRECONCILE_…), these over payreconcile.yaml, and
// that over the properties file of the platform's official SDKs.
//
// The API secret comes from the environment or from a file of its own, never
// from a flag or from payreconcile.yaml. No error and no way of printing a
// Config shows it, and no error repeats a value that was given.
package config
