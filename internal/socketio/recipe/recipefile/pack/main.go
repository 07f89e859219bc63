// Command pack writes the recipes of a folder into another one, as functions read them: pack FROM TO.
package main

import (
	"fmt"
	"os"

	"github.com/parley-rtc/parley/internal/socketio/recipe/recipefile"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: pack FROM TO")
		os.Exit(2)
	}
	if err := recipefile.Pack(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
