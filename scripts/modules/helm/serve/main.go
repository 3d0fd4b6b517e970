// Answers `helm template` for one values file after the other: starting Helm takes longer than rendering the chart.
// Each request is an object of JSON with the arguments and what stands on standard input. To it belongs all that
// is written to standard output and standard error up to a zero byte, the exit code and the end of the line.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"

	"helm.sh/helm/v4/pkg/cmd"
)

type request struct {
	Args  []string
	Input string
}

func main() {
	requests := json.NewDecoder(os.Stdin)
	for {
		var next request
		if err := requests.Decode(&next); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		code := answer(next)
		for _, stream := range []*os.File{os.Stdout, os.Stderr} {
			fmt.Fprintf(stream, "\x00%d\n", code)
		}
	}
}

// Helm reads and writes the standard streams of its process.
func answer(asked request) int {
	input, writer, err := os.Pipe()
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		defer writer.Close()
		io.WriteString(writer, asked.Input)
	}()
	defer input.Close()
	os.Stdin = input
	return helm(asked.Args)
}

// What Helm's own main function does, but for leaving the process.
func helm(args []string) int {
	command, err := cmd.NewRootCmd(os.Stdout, args, cmd.SetupLogging)
	if err != nil {
		slog.Warn("command failed", slog.Any("error", err))
		return 1
	}
	command.SetArgs(args)
	if command.Execute() != nil {
		return 1
	}
	return 0
}
