using System.Text;
using DiffPlex.DiffBuilder;
using DiffPlex.DiffBuilder.Model;

namespace VerifyTests;

/// <summary>What a failed comparison tells: both files, the first lines that differ, and what to do next.</summary>
internal sealed record Mismatch(string Received, string Verified, string? Approved, string Text, string[] Others)
{
    private const int LinesShown = 24, Context = 2;

    public bool HasReceived => Approved != Text;

    public string Message()
    {
        var message = new StringBuilder();
        message.Append("Directory: ").Append(Path.GetDirectoryName(Verified)).Append('\n');
        if (HasReceived)
        {
            message.Append(Approved is null ? "New:\n" : "NotEqual:\n");
            message.Append("  - Received: ").Append(Path.GetFileName(Received)).Append('\n');
            message.Append("    Verified: ").Append(Path.GetFileName(Verified)).Append('\n');
        }

        if (Others.Length > 0)
        {
            message.Append("Delete:\n");
            message.Append(string.Concat(Others.Select(other => $"  - Verified: {Path.GetFileName(other)}\n")));
        }

        if (HasReceived)
        {
            message.Append('\n').Append(Diff(Approved ?? "", Text));
        }

        return message.Append("\nReview:  dotnet run --project Engine/Cli -- review\n")
            .Append($"Accept:  dotnet run --project Engine/Cli -- review --accept {Path.GetFileName(HasReceived ? Received : Others[0])}\n").ToString();
    }

    // Otherwise the end of the last line counts as an empty line of its own.
    private static string WithoutLastEnd(string text) => text.EndsWith('\n') ? text[..^1] : text;

    private static string Diff(string approved, string text)
    {
        List<DiffPiece> pieces = InlineDiffBuilder.Diff(WithoutLastEnd(approved), WithoutLastEnd(text), ignoreWhiteSpace: false).Lines;
        int first = pieces.FindIndex(p => p.Type != ChangeType.Unchanged);
        if (first < 0)
        {
            return "(only the newline at the end differs)\n";
        }

        int start = Math.Max(0, first - Context);
        var diff = new StringBuilder();
        int lineOfText = pieces.Take(start).Count(p => p.Type != ChangeType.Deleted);
        foreach (DiffPiece piece in pieces.Skip(start).Take(LinesShown))
        {
            lineOfText += piece.Type == ChangeType.Deleted ? 0 : 1;
            diff.Append(piece.Type switch { ChangeType.Deleted => "- ", ChangeType.Inserted => "+ ", _ => "  " });
            diff.Append(piece.Type == ChangeType.Deleted ? "    " : $"{lineOfText,4}").Append("  ").Append(piece.Text).Append('\n');
        }

        int left = pieces.Count - start - LinesShown;
        return left > 0 ? diff.Append($"  … {left} more lines\n").ToString() : diff.ToString();
    }
}
