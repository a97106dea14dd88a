namespace MigrationConformance.Conventions;

/// <summary>
/// Tells code from comments and literals in C# text, so that a convention does not trip over a word in
/// a sentence. Not a parser: it knows where literals begin and end, and nothing else.
/// </summary>
internal sealed class CSharpCode
{
    private readonly string source;
    private readonly char[] code;

    private CSharpCode(string source)
    {
        this.source = source;
        code = new char[source.Length];
        for (int i = 0; i < source.Length; i++)
        {
            code[i] = source[i] is '\n' ? '\n' : ' ';
        }
    }

    /// <summary>
    /// The text with comments, strings and characters replaced by blanks of the same length. Code inside
    /// the holes of interpolated strings stays.
    /// </summary>
    public static string Only(string source)
    {
        var reader = new CSharpCode(source);
        reader.Code(0, inHole: false);
        return new string(reader.code);
    }

    /// <summary>The index after the bracket that closes the one at <paramref name="open"/>, or -1.</summary>
    public static int AfterMatching(string codeOnly, int open)
    {
        int depth = 0;
        for (int i = open; i < codeOnly.Length; i++)
        {
            depth += codeOnly[i] switch
            {
                '(' or '[' or '{' => 1,
                ')' or ']' or '}' => -1,
                _ => 0,
            };
            if (depth == 0)
            {
                return i + 1;
            }
        }

        return -1;
    }

    private char At(int i) => i < source.Length ? source[i] : '\0';

    private bool StartsAt(int i, string text) => string.CompareOrdinal(source, i, text, 0, text.Length) == 0;

    private int RunOf(char c, int i)
    {
        int end = i;
        while (At(end) == c)
        {
            end++;
        }

        return end - i;
    }

    // Returns the index of the brace that ends the hole, or the end of the text.
    private int Code(int i, bool inHole)
    {
        int depth = 0;
        bool lineStart = true;
        while (i < source.Length)
        {
            char c = source[i];
            if (inHole && depth == 0 && c == '}')
            {
                return i;
            }

            if (StartsAt(i, "//") || (c == '#' && lineStart))
            {
                // A directive's text may hold a lone quote (#region the page's flags); conditions name no API.
                i = EndOfLine(i);
            }
            else if (StartsAt(i, "/*"))
            {
                int end = source.IndexOf("*/", i + 2, StringComparison.Ordinal);
                i = end < 0 ? source.Length : end + 2;
            }
            else if (c == '\'')
            {
                i = AfterQuoted(i + 1, '\'');
            }
            else if (c is '"' or '$' or '@' && StringStart(i, out int dollars, out bool verbatim, out int quote))
            {
                i = AfterString(quote, dollars, verbatim);
            }
            else
            {
                depth += c == '{' ? 1 : c == '}' ? -1 : 0;
                lineStart = c == '\n' || (lineStart && char.IsWhiteSpace(c));
                code[i] = c;
                i++;
                continue;
            }

            lineStart = false;
        }

        return i;
    }

    private int EndOfLine(int i)
    {
        int end = source.IndexOf('\n', i);
        return end < 0 ? source.Length : end;
    }

    private bool StringStart(int i, out int dollars, out bool verbatim, out int quote)
    {
        dollars = 0;
        verbatim = false;
        for (quote = i; At(quote) is '$' or '@'; quote++)
        {
            dollars += At(quote) == '$' ? 1 : 0;
            verbatim |= At(quote) == '@';
        }

        return At(quote) == '"';
    }

    private int AfterQuoted(int i, char quote)
    {
        while (i < source.Length && source[i] != quote)
        {
            i += source[i] == '\\' ? 2 : 1;
        }

        return i + 1;
    }

    private int AfterString(int quote, int dollars, bool verbatim)
    {
        int quotes = RunOf('"', quote);
        bool raw = !verbatim && quotes >= 3;
        int fence = raw ? quotes : 1;
        int holeBraces = raw ? dollars : 1;
        int i = quote + fence;
        while (i < source.Length)
        {
            char c = source[i];
            if (c == '"')
            {
                int run = RunOf('"', i);
                if (verbatim && run >= 2)
                {
                    i += 2;
                }
                else if (run >= fence)
                {
                    return i + fence;
                }
                else
                {
                    i += run;
                }
            }
            else if (c == '{' && dollars > 0)
            {
                int run = RunOf('{', i);
                bool hole = raw ? run >= holeBraces : run % 2 == 1;
                i += run;
                if (hole)
                {
                    i = Code(i, inHole: true) + holeBraces;
                }
            }
            else
            {
                i += c == '\\' && !verbatim && !raw ? 2 : 1;
            }
        }

        return i;
    }
}
