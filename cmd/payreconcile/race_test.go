//go:build race

package main

// raceDetector says that tests, and the programs that they start, run five
// times as long.
const raceDetector = true
