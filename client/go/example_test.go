package parley_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	parley "github.com/parley-rtc/parley/client/go"
)

// A program that greets everybody in a room, until it is removed or interrupted.
func Example() {
	greet := func(ctx context.Context) error {
		conn, err := parley.Dial(ctx, "wss://calls.example/prod", nil)
		if err != nil {
			return err
		}
		defer conn.Close()
		room, err := conn.Join(ctx, "tea", &parley.JoinOptions{Name: "host-bot"})
		if err != nil {
			return err
		}
		defer room.Leave(context.WithoutCancel(ctx))
		for event := range room.Events(ctx) {
			switch e := event.(type) {
			case parley.PeerJoined:
				room.Post(e.Peer.Name, "welcome")
			case parley.Signal:
				fmt.Printf("%s says %s\n", e.From, e.Data)
			}
		}
		return room.Err()
	}
	if err := greet(context.Background()); errors.Is(err, parley.ErrKicked) {
		log.Print("somebody does not like to be greeted")
	}
}

// A host who lets in whoever says the word.
func ExampleRoom_Admit() {
	doorkeeper := func(ctx context.Context, room *parley.Room) {
		for event := range room.Events(ctx) {
			knock, ok := event.(parley.Knocked)
			if !ok {
				continue
			}
			if string(knock.Knock.Data) == `"melon"` {
				_ = room.Admit(ctx, knock.Knock.Name) // who waits no more is nobody to let in
			} else {
				_ = room.Deny(ctx, knock.Knock.Name, "say the word")
			}
		}
	}
	_ = doorkeeper
}

// A process that goes for an update, and leaves its seat to the next one.
func ExampleRoom_Resume() {
	handOver := func(conn *parley.Transport, room *parley.Room, keep func(string)) {
		keep(room.Resume()) // before the transport is closed, and without Leave
		conn.Close()
	}
	takeOver := func(ctx context.Context, conn *parley.Transport, kept string) (*parley.Room, error) {
		return conn.Join(ctx, "tea", &parley.JoinOptions{Name: "host-bot", Resume: kept})
	}
	_, _ = handOver, takeOver
}
