// Package spec is what a merchant declares: which captures, cancels and refunds
// his payments should have. It reads manifests, checks them, and yields one
// Payment after the other. It does no network, reads no clock and no
// environment, and knows nothing of what the platform says.
//
// # A manifest
//
//	apiVersion: payreconcile/v1
//	kind: Settlement
//	metadata:                          # optional
//	  name: shop-eu-2026-11-22
//	  labels: {desk: eu}               # what selectors look at
//	spec:
//	  merchantId: shop-eu              # optional guard
//	  currency: EUR                    # of all amounts, unless a payment has its own
//	  expect:                          # optional control totals, before or behind the payments
//	    payments: 5
//	    refunds: 32.50 EUR             # with the currency, as there are two
//	  payments:
//	    - id: "3066177123_0"
//	      merchantReference: order-1001      # optional guard
//	      authorized: 125.00                 # optional guard
//	      captures:
//	        - {ref: ship-1, amount: 80.00}
//	        - {ref: ship-2, amount: 45.00, final: true}
//	      refunds:
//	        - {ref: rma-77, amount: 20.00, reason: damaged}
//	    - {id: "3066177124_0", captured: 60.00}
//	    - {id: "3066177125_0", captured: 50.00, refunded: 12.50}
//	    - {id: "3066177126_0", cancelled: all}
//	    - {id: "3066177127_0", currency: JPY, captures: []}
//
// A manifest is cumulative: it states everything that a payment should have in
// the end, not what is to be done today. Applied a second time it does nothing.
//
// # Payments
//
// For each kind of operation a payment either names items or a total:
//
//	captures  captured    cancels  cancelled    refunds  refunded
//
// A kind that is not mentioned is left alone. Items are single operations, known
// by their ref, which is unique in its payment and kind: 1 to 30 letters, digits
// and . _ : - that do not start with "pr:". An empty list wants no operation of
// the kind. A total wants a sum, whoever made the operations; captured and
// cancelled may be "all". An item with "operation: <id>" stands for an operation
// that exists already, and never makes a call.
//
// The id may be written in each of the platform's spellings, see PaymentID, with
// or without quotes. A payment may appear once in all manifests of a run.
//
// # Amounts
//
// Amounts are read from their text and show exactly the decimals of their
// currency: 100.00 in EUR, 100 in JPY, 100.000 in KWD. A whole number where
// decimals belong is refused, because it could be meant in cents. The currency
// may follow, as in "80.00 EUR". Amounts have no sign, no separators and no
// exponent, and are at most 999,999,999,999 in the minor unit. Items and guards
// start at one minor unit; a total may be zero.
//
// # Faults
//
// Everything that is wrong is reported in one run, with file, line and column,
// what is wrong and what to do. Among it: unknown, repeated and misplaced keys;
// repeated payments and refs; what no payment could reach, such as more refunded
// than captured; control totals that differ. Of YAML, anchors, aliases, merge
// keys, tags and tabs are refused, and so are characters that cannot be seen. A
// payment may have 64 KiB, an input 2 GiB.
//
// # Size
//
// Payments are read one by one if their list is laid out as above: "payments:"
// on a line of its own, each payment starting with a dash in one column, and its
// other lines indented deeper. A document in another layout, such as JSON, is
// read as a whole and may have 8 MiB. What payments depend on (apiVersion, kind,
// metadata, merchantId, currency) stands before them in either case.
//
// A payment in braces on one line is read several times faster than any other.
package spec
