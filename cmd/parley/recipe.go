package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-rtc/parley/internal/socketio/recipe"
	"github.com/parley-rtc/parley/internal/socketio/recipe/recipefile"
	"github.com/parley-rtc/parley/internal/socketio/script"
)

func recipeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "recipe",
		Short: "Check and try recipes, which say what a Socket.IO server does",
		Long: `Check and try recipes: what a Socket.IO server does with the events of its clients, in a few lines of YAML
or JSON. A recipe is a file, or the name of one that is built in.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("there is no command %q; see parley recipe --help", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(recipeCheckCommand(), recipeTryCommand(), recipeListCommand(), recipeShowCommand())
	return cmd
}

func recipeCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Say what is wrong with a recipe, or what it needs and costs",
		Long: `Say what is wrong with a recipe, each as FILE:LINE: words, or what it needs and costs: for each of its
sections how many messages it posts, and DynamoDB's units, if each step is carried out whatever its if.`,
		Example: "  parley recipe check recipes/mine.yaml\n  parley recipe check group",
		Args:    exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := readRecipe(args[0])
			out := cmd.OutOrStdout()
			problems, wrong := errors.AsType[recipe.Problems](err)
			switch {
			case asJSON(cmd) && (wrong || err == nil):
				if err := json.NewEncoder(out).Encode(checked(args[0], r, problems)); err != nil {
					return err
				}
			case wrong:
				fmt.Fprintln(out, problems)
			case err == nil:
				printRecipe(out, args[0], r)
			}
			if wrong {
				return errProblem
			}
			return err
		},
	}
}

// checked is what check prints as JSON.
func checked(file string, r *recipe.Recipe, problems recipe.Problems) map[string]any {
	if r == nil {
		return map[string]any{"file": file, "ok": false, "problems": problems}
	}
	return map[string]any{"file": file, "ok": true, "needs": r.Needs(), "costs": r.Costs()}
}

func printRecipe(out io.Writer, file string, r *recipe.Recipe) {
	fmt.Fprintf(out, "%s: fine\n\n", file)
	everyone, own := r.Why()
	if everyone > 0 {
		fmt.Fprintf(out, "Who is in the namespace is kept: 2 writes for each socket, at most 250 (line %d).\n", everyone)
	} else {
		fmt.Fprintln(out, "Who is in the namespace is not kept.")
	}
	if own > 0 {
		fmt.Fprintf(out, "Sockets get a name or data after they have connected: "+
			"events that use them read them first (line %d).\n", own)
	}
	fmt.Fprintln(out, "\nAt most, in messages and DynamoDB's units:")
	for _, c := range r.Costs() {
		fmt.Fprintf(out, "  %s\n      posts %v, reads %v, writes %v\n", c.Section, c.Posts, c.Reads, c.Writes)
	}
}

func recipeTryCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "try FILE SCRIPT",
		Short: "Play a script of what clients do, and print who gets what",
		Long: `Play a script of what clients do against a recipe, and print who gets what, in order. SCRIPT - is the
standard input. A line of a script is one of

  a connects                                 also: a connects /namespace ?name=ada {"token": "t"}
  a > join room ["r1", {"mic": true}]        an event, with the list of its arguments
  a > join ["r1"] ack                        that waits for an acknowledgement
  a leaves                                   disconnects
  # a comment

A client's socket.id is its name (of the second socket a#2; in a namespace a/namespace). A script that has
also what is printed, as here, is compared with what comes of it:

  b < user-joined ["a"]                      an event
  a < join [["b"]] ack                       an acknowledgement
  ! FILE:3: emit: …                          an event that came to nothing`,
		Example: "  parley recipe try recipes/mine.yaml story.txt\n  echo 'a connects' | parley recipe try call-by-id -",
		Args:    exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := readRecipe(args[0])
			if err != nil {
				return err
			}
			story, err := readScript(cmd.InOrStdin(), args[1])
			if err != nil {
				return err
			}
			made := 0
			r.Random = func() string { made++; return "new-" + strconv.Itoa(made) }
			played := story.Play(cmd.Context(), r)
			differences := story.Differences(played)
			out := cmd.OutOrStdout()
			switch {
			case asJSON(cmd):
				said := map[string]any{"ok": differences == nil, "lines": played, "differences": differences}
				err = json.NewEncoder(out).Encode(said)
			case differences != nil:
				const title = "not what the script expects (- was expected, + came):\n\n"
				_, err = fmt.Fprintln(out, title+strings.Join(differences, "\n"))
			default:
				_, err = fmt.Fprintln(out, strings.Join(played, "\n"))
			}
			if err == nil && differences != nil {
				return errProblem
			}
			return err
		},
	}
}

func recipeListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the built-in recipes",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			if asJSON(cmd) {
				return json.NewEncoder(out).Encode(recipe.Names())
			}
			for _, name := range recipe.Names() {
				about, err := recipefile.About(name)
				if err != nil {
					return err
				}
				fmt.Fprintf(out, "%-14s %s\n", name, about)
			}
			return nil
		},
	}
}

func recipeShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "show NAME",
		Short:   "Print a built-in recipe, to start one of your own from",
		Example: "  parley recipe show group > recipes/mine.yaml",
		Args:    exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			source, err := recipefile.Source(args[0])
			if err != nil {
				return usageError{err}
			}
			_, err = cmd.OutOrStdout().Write(source)
			return err
		},
	}
}

// readRecipe reads a recipe from a file, or if there is no such file the built-in one of that name.
func readRecipe(file string) (*recipe.Recipe, error) {
	source, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && slices.Contains(recipe.Names(), file) {
		source, err = recipefile.Source(file)
	}
	if err != nil {
		return nil, err
	}
	return recipefile.Parse(source, file)
}

func readScript(in io.Reader, file string) (*script.Script, error) {
	var source []byte
	var err error
	if file == "-" {
		source, err = io.ReadAll(in)
	} else {
		source, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, err
	}
	return script.Parse(source, file)
}
