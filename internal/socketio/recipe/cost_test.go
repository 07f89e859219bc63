package recipe

import (
	"fmt"
	"strings"
	"testing"
)

func TestWhatARecipeCosts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ source, want string }{
		{
			"connect: [{emit: me, args: [$id]}]",
			"connect: posts 1, reads 0, writes 0",
		},
		{
			"on: {join: [{join: $0}, {emit: all, args: [$others]}, {emit: in, to: others}, {ack: []}]}\nleave: [{emit: out, to: room}]",
			"on join: posts 2 + 1 for each other in the room, reads 0, writes 2\n" +
				"leave: posts 1 + 1 for each other in the room, reads 0.5, writes 0",
		},
		{
			"on: {a|b: [{emit: x, to: others, args: [$count]}, {emit: y, to: $0.to}], c: [{join: r}, {leave: r}]}\nleave: [{emit: out, to: others}]",
			"on a|b: posts 1 + 1 for each other in the room, reads 0.5 + 0.5 for each name in place of an id, writes 0\n" +
				"on c: posts 1 for each other in the room, reads 0.5, writes 4\n" +
				"leave: posts 1 for each other in the room, reads 0.5, writes 0",
		},
		{
			"on: {a: [{each: [1, 2], do: [{ack: []}]}, {each: $others, do: [{emit: x}, {each: $0, do: [{emit: y, to: $it}]}]}], b: [{set: {k: $data.n}}, {name: $name}]}",
			"on a: posts 2 + 1 for each other in the room + 1 for each other in the room and each item, " +
				"reads 0.5 + 0.5 for each other in the room and each item and each name in place of an id, writes 0\n" +
				"on b: posts 0, reads 1, writes 4 + 2 for each room that the socket is in",
		},
		{
			"on: {a: [{emit: x, to: all, args: [{a: [{$json: $directory}]}]}, {pair: q, do: [{emit: y, to: room}]}]}\ndisconnect: [{emit: z, to: rest}]",
			"on a: posts 1 + 1 for each other in the room + 1 for each socket of the namespace, reads 1, writes 6\n" +
				"disconnect: posts 1 for each socket of the namespace, reads 0.5, writes 0",
		},
	} {
		r, err := parse([]byte(tt.source), "r.yaml")
		if err != nil {
			t.Error(err)
			continue
		}
		var lines []string
		for _, c := range r.Costs() {
			lines = append(lines, fmt.Sprintf("%s: posts %v, reads %v, writes %v", c.Section, c.Posts, c.Reads, c.Writes))
		}
		if got := strings.Join(lines, "\n"); got != tt.want {
			t.Errorf("%s\ngot\n%s\nwant\n%s", tt.source, got, tt.want)
		}
	}
}
