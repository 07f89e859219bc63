package app_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-rtc/parley/internal/app"
)

func TestRecipesAreOfNamespaces(t *testing.T) {
	longest := strings.Repeat("n", 64)
	for value, want := range map[string]app.Recipes{
		"":                                   {"*": "auto"},
		"none":                               {"*": "none"},
		" my_Recipe-2 ":                      {"*": "my_Recipe-2"},
		longest:                              {"*": longest},
		"/=group":                            {"/": "group"},
		"/chat=group, /=auto , *=none":       {"/chat": "group", "/": "auto", "*": "none"},
		"/a/b-c_d~e.f=group,/a/b-c_d~e.f=me": {"/a/b-c_d~e.f": "me"},
	} {
		got, err := parse(map[string]string{"SOCKETIO_RECIPE": value})
		if diff := cmp.Diff(want, got.Recipes); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got)\n%s", value, err, diff)
		}
	}
}

func TestWrongRecipesAreNamed(t *testing.T) {
	for value, words := range map[string]string{
		"my recipe":                           `"my recipe": want the name of a recipe`,
		"-group":                              `"-group"`,
		"group.yaml":                          `"group.yaml"`,
		"../group":                            `"../group"`,
		strings.Repeat("n", 65):               "at most 64 letters",
		"group,auto":                          `"group,auto"`,
		"/chat=group,auto":                    `"auto": want NAMESPACE=NAME`,
		"/chat=group,":                        `"": want NAMESPACE=NAME`,
		"chat=group":                          `"chat": want a namespace`,
		"/ch?t=group":                         `"/ch?t": want a namespace`,
		"=group":                              `"": want a namespace`,
		"**=group":                            `"**": want a namespace`,
		"/chat=":                              `"": want the name of a recipe`,
		"/chat=a=b":                           `"a=b": want the name of a recipe`,
		"/" + strings.Repeat("n", 510) + "=a": "at most 512",
	} {
		_, err := parse(map[string]string{"SOCKETIO_RECIPE": value})
		if err == nil || !strings.Contains(err.Error(), "SOCKETIO_RECIPE") || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: got %v, want %s", value, err, words)
		}
	}
}

func TestWhoServesANamespace(t *testing.T) {
	listed := app.Recipes{"/": "auto", "/chat": "group", "/old": "none"}
	withRest := app.Recipes{"/old": "none", "*": "lobby"}
	for _, tt := range []struct {
		recipes                app.Recipes
		namespace, asked, want string
	}{
		{listed, "/", "", "auto"},
		{listed, "/chat", "", "group"},
		{listed, "/chat", "mine", "mine"},
		{listed, "/chat", "none", ""},
		{listed, "/chat", "../mine", ""},
		{listed, "/old", "", ""},
		{listed, "/old", "mine", ""},
		{listed, "/elsewhere", "", ""},
		{listed, "/elsewhere", "mine", ""},
		{withRest, "/elsewhere", "", "lobby"},
		{withRest, "/elsewhere", "mine", "mine"},
		{withRest, "/old", "", ""},
	} {
		got, served := tt.recipes.Of(tt.namespace, tt.asked)
		if served != (tt.want != "") || served && got != tt.want {
			t.Errorf("%v: %s, asked for %q: got %q, %v", tt.recipes, tt.namespace, tt.asked, got, served)
		}
	}
}
