package sandbox_test

import (
	"fmt"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

func ExampleSandbox_LedgerOf() {
	sb, err := sandbox.New(sandbox.Config{MerchantID: "M", APIKeyID: "K", APISecret: "S"})
	if err != nil {
		panic(err)
	}
	seed := `{"id":"3066177123_0","amount":12500,"currency":"EUR","operations":[{"kind":"capture","amount":8000,"ref":"ship-1"}]}`
	if _, err := sb.LoadSeed(strings.NewReader(seed)); err != nil {
		panic(err)
	}
	if _, err := sb.Portal("3066177123_0", sandbox.Capture, 500); err != nil {
		panic(err)
	}
	book, err := sb.LedgerOf("3066177123_0")
	if err != nil {
		panic(err)
	}
	fmt.Println(book.Count(sandbox.Capture), "captures,", book.Sum(sandbox.Capture), "in all")
	fmt.Println(book.Balances[sandbox.Open], "open")
	// Output:
	// 2 captures, 8500 in all
	// 4000 open
}
