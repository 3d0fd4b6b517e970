/** What one shell script runs and defines. */
export interface ShellWords {
  /** Words where a command stands, without keywords and words that contain an expansion. */
  commands: Set<string>;
  /** Names of functions. */
  functions: Set<string>;
}

const keywords = new Set(['if', 'then', 'elif', 'else', 'fi', 'while', 'until', 'do', 'done', '!', '{', '}']);
/** Programs that run the command after their options and numbers. */
const wrappers = new Set(['command', 'exec', 'nice', 'timeout', 'xargs']);

/** Returns the words of a POSIX shell script. Throws when it ends within a quote, an expansion or a substitution. */
export function shellWords(script: string): ShellWords {
  const reader = new Reader(script.replace(/<<-?(['"]?)(\w+)\1(.*)\n(?:.*\n)*?\t*\2(?=\n|$)/g, '$3'));
  reader.list(false);
  return reader.found;
}

/** Parses the shell's grammar only as far as it takes to find the commands. */
class Reader {
  readonly found: ShellWords = { commands: new Set(), functions: new Set() };
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Returns what matches here, which may be empty, and goes on behind it; undefined when nothing does. */
  #take(pattern: RegExp): string | undefined {
    const sticky = new RegExp(pattern, 'y');
    sticky.lastIndex = this.#at;
    const [match] = sticky.exec(this.#text) ?? [];
    if (match !== undefined) this.#at = sticky.lastIndex;
    return match;
  }

  get #ended(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Reads commands until the parenthesis that ends a substitution, or the end of the script. */
  list(inSubstitution: boolean): void {
    const open: ('case' | 'clauses' | 'subshell')[] = [];
    let expected = true;
    while (!this.#ended) {
      if (this.#take(/[ \t]+|\\\n|#.*/) !== undefined) continue;
      if (this.#take(/[<>]+&?[ \t]*/) !== undefined) {
        this.#word();
      } else if (open.at(-1) === 'clauses' && this.#take(/;;/) !== undefined) {
        this.#pattern();
        expected = true;
      } else if (this.#take(/\(/) !== undefined) {
        open.push('subshell');
        expected = true;
      } else if (this.#take(/\)/) !== undefined) {
        if (open.length === 0 && inSubstitution) return;
        open.pop();
        expected = false;
      } else if (this.#take(/[\n;&|]/) !== undefined) {
        expected = true;
      } else {
        const word = this.#word();
        if (open.at(-1) === 'case' && word === 'in') {
          open.splice(-1, 1, 'clauses');
          this.#pattern();
          expected = true;
        } else if (expected && word === 'case') {
          open.push('case');
          this.#take(/[ \t]+/);
          this.#word();
          expected = false;
        } else if (expected && word === 'esac') {
          open.pop();
          expected = false;
        } else if (expected) {
          expected = this.#command(word);
        }
      }
    }
    if (inSubstitution || open.length > 0) throw new Error('the script ends within a substitution or a case');
  }

  /** Takes a word where a command may stand; returns whether the command is still to come. */
  #command(word: string): boolean {
    if (keywords.has(word) || /^\w+=/.test(word)) return true;
    // What a wrapper gets before its command.
    if (/^(-.*|[\d.]+)$/.test(word)) return true;
    if (word === 'for') return false;
    if (this.#take(/\(\)/) !== undefined) {
      this.found.functions.add(word);
      return true;
    }
    if (/^[\w.:[-]+$/.test(word)) this.found.commands.add(word);
    return wrappers.has(word);
  }

  /** Reads the pattern of a clause with its parenthesis; leaves `esac` where there is none. */
  #pattern(): void {
    while (this.#take(/\s+|#.*/) !== undefined);
    const start = this.#at;
    if (this.#take(/esac\b/) !== undefined) {
      this.#at = start;
      return;
    }
    while (this.#take(/\)/) === undefined) {
      if (this.#ended) throw new Error('the script ends within a pattern');
      if (this.#take(/[ \t|(]+/) === undefined) this.#word();
    }
  }

  /** Returns a word with its quotes and expansions; commands of substitutions are found on the way. */
  #word(): string {
    const start = this.#at;
    while (!this.#ended) {
      if (this.#take(/\\(?:.|\n)/) !== undefined) continue;
      if (this.#take(/'[^']*'/) !== undefined || this.#expansion()) continue;
      if (this.#take(/"/) !== undefined) this.#quoted('"');
      else if (this.#take(/[^\s;&|()<>"'\\$]+|\$/) === undefined) break;
    }
    if (this.#at === start) throw new Error(`unexpected: ${this.#text.slice(start, start + 40)}`);
    return this.#text.slice(start, this.#at);
  }

  #expansion(): boolean {
    if (this.#take(/\$\(\(/) !== undefined) {
      this.#quoted('))');
    } else if (this.#take(/\$\(/) !== undefined) {
      this.list(true);
    } else if (this.#take(/\$\{/) !== undefined) {
      this.#quoted('}');
    } else {
      return false;
    }
    return true;
  }

  /** Reads to the end of a string, an arithmetic expression or a parameter, with what is nested in it. */
  #quoted(end: string): void {
    while (!this.#text.startsWith(end, this.#at)) {
      if (this.#ended) throw new Error(`the script ends before ${end}`);
      if (this.#take(/\\(?:.|\n)/) !== undefined || this.#expansion()) continue;
      if (end !== '"' && this.#take(/"/) !== undefined) this.#quoted('"');
      else this.#at += 1;
    }
    this.#at += end.length;
  }
}
