// Package browser holds tests alone. They look at the pages of pkg/sandbox and
// at the page of a plan with a real browser, which they drive by the WebDriver
// protocol.
package browser
