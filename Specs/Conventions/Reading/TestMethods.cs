using System.Text.RegularExpressions;

namespace MigrationConformance.Conventions;

/// <summary>A method as the conventions see it: enough to tell a test from a helper.</summary>
/// <param name="Type">The enclosing types' names, outermost first, joined by dots.</param>
/// <param name="Attributes">The code of the attributes in front of it, or "".</param>
/// <param name="Body">The code from its opening brace or arrow to its end.</param>
internal sealed record Method(SourceFile File, int Line, string Type, string Name, string Attributes, string Body)
{
    private static readonly Regex TestAttribute = new(@"[\[,]\s*(?:Test|TestCase|TestCaseSource|Theory)\s*[\],(]");

    public bool IsTest => TestAttribute.IsMatch(Attributes);
}

/// <summary>Finds the methods of a source file by its brackets.</summary>
internal static class TestMethods
{
    // A type, its attributes' end or a modifier stands before a declared name; `new`, `.`, `return` before a call.
    private static readonly Regex Declaration = new(
        @"(?<=[\w>\]?)]\s+)(?<!\b(?:new|return|await|throw|else|in|is|as|and|or|not|case|when|yield|typeof)\s+)(?<name>[A-Za-z_]\w*)\s*(?:<[\w\s,]*>\s*)?(?=\()");

    private static readonly Regex Statement =
        new(@"^(?:if|for|foreach|while|switch|using|lock|catch|fixed|when|nameof|typeof|sizeof|default|checked|unchecked|return|is|and|or|not|new)$");

    private static readonly Regex TypeDeclaration =
        new(@"\b(?:class|struct|interface|record)\s+(?!class\b|struct\b)(?<name>[A-Za-z_]\w*)");

    private static readonly Regex BodyStart = new(@"\G(?:\s*where\b[^{;]*?)?\s*(?:(?<block>\{)|(?<arrow>=>))");

    public static IReadOnlyList<Method> In(SourceFile source)
    {
        SourceFile file = source.CodeOnly();
        string code = file.Text;
        List<(string Name, int Start, int End)> types = [.. Types(code)];
        var methods = new List<Method>();
        foreach (Match match in Declaration.Matches(code))
        {
            int afterParameters = CSharpCode.AfterMatching(code, code.IndexOf('(', match.Index));
            if (Statement.IsMatch(match.Groups["name"].Value) || afterParameters < 0)
            {
                continue;
            }

            Match start = BodyStart.Match(code, afterParameters);
            if (!start.Success)
            {
                continue;
            }

            int bodyStart = start.Index + start.Length;
            int bodyEnd = start.Groups["block"].Success
                ? CSharpCode.AfterMatching(code, bodyStart - 1)
                : EndOfExpression(code, bodyStart);
            string type = string.Join('.', types.Where(t => t.Start < match.Index && match.Index < t.End).Select(t => t.Name));
            methods.Add(new Method(source, file.LineOf(match.Index), type, match.Groups["name"].Value,
                AttributesBefore(code, match.Index), code[bodyStart..Math.Max(bodyStart, bodyEnd)]));
        }

        return methods;
    }

    private static IEnumerable<(string Name, int Start, int End)> Types(string code)
    {
        foreach (Match match in TypeDeclaration.Matches(code))
        {
            int body = code.IndexOfAny(['{', ';'], match.Index);
            if (body >= 0 && code[body] == '{')
            {
                yield return (match.Groups["name"].Value, body, CSharpCode.AfterMatching(code, body));
            }
        }
    }

    private static int EndOfExpression(string code, int i)
    {
        while (i < code.Length && code[i] != ';')
        {
            int after = code[i] is '(' or '[' or '{' ? CSharpCode.AfterMatching(code, i) : i + 1;
            i = after < 0 ? code.Length : after;
        }

        return i;
    }

    // Walks back over the return type and modifiers, then over whole attribute lists.
    private static string AttributesBefore(string code, int name)
    {
        int end = name;
        int depth = 0;
        int i = name - 1;
        for (; i >= 0; i--)
        {
            char c = code[i];
            if (depth == 0 && c is ';' or '{' or '}')
            {
                break;
            }

            depth += c is ']' or ')' or '}' ? 1 : c is '[' or '(' or '{' ? -1 : 0;
        }

        return code[(i + 1)..end];
    }
}
