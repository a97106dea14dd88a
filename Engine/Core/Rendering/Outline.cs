namespace MigrationConformance.Core;

/// <summary>One attribute of a line: <c>count 3</c> has the name <c>count</c> and the value <c>3</c>.</summary>
/// <param name="Name">The first word.</param>
/// <param name="Value">The rest, or "" when there is none.</param>
public readonly record struct OutlineAttribute(string Name, string Value);

/// <summary>One line of a rendering, read back: <c>subject: attribute, attribute</c>.</summary>
/// <param name="Number">Its number in the text, from 0.</param>
/// <param name="Depth">How deep it is indented, two blanks a level.</param>
/// <param name="Subject">What it is about.</param>
/// <param name="Parent">The subjects above it, or "".</param>
/// <param name="Attributes">What it says about the subject; a page or node in a slot is the attribute <c>holds</c>.</param>
public sealed record OutlineLine(int Number, int Depth, string Subject, string Parent, OutlineAttribute[] Attributes)
{
    /// <summary>What tells the line from every other one, but for lines that are repeated.</summary>
    public string Path => Parent.Length == 0 ? Subject : Parent + " / " + Subject;

    /// <summary>The value of an attribute.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The value, or null when the line does not have it.</returns>
    public string? this[string name]
    {
        get
        {
            foreach (OutlineAttribute attribute in Attributes)
            {
                if (attribute.Name == name)
                    return attribute.Value;
            }
            return null;
        }
    }
}

/// <summary>Reads the text of a rendering back into lines with subjects and attributes. Any text can be read: a line without attributes is all subject.</summary>
public static class Outline
{
    private static readonly string[] Held = ["page ", "newpage ", "node ", "swap slot ", "file offset "];

    /// <summary>Reads a text.</summary>
    /// <param name="text">Lines that end in a line feed.</param>
    /// <returns>Its lines that are not blank, in order.</returns>
    public static List<OutlineLine> Parse(string text)
    {
        var lines = new List<OutlineLine>();
        var above = new List<string>();
        int number = -1;
        foreach (string line in text.Split('\n'))
        {
            number++;
            string trimmed = line.TrimStart(' ');
            if (trimmed.Length == 0)
                continue;
            int depth = Math.Min((line.Length - trimmed.Length) / 2, above.Count);
            above.RemoveRange(depth, above.Count - depth);
            List<string> parts = Split(trimmed, ": ", most: 2);
            string parent = string.Join(" / ", above);
            lines.Add(new OutlineLine(number, depth, parts[0], parent, parts.Count == 1 ? [] : Attributes(parts[1])));
            above.Add(parts[0]);
        }
        return lines;
    }

    private static OutlineAttribute[] Attributes(string text)
    {
        string[] parts = [.. Split(text, ", ", int.MaxValue)];
        return Array.ConvertAll(parts, part =>
        {
            foreach (string held in Held)
            {
                if (part == parts[0] && part.StartsWith(held, StringComparison.Ordinal) && !part.Contains('>') && !part.Contains('+'))
                    return new OutlineAttribute("holds", part);
            }
            int blank = part.IndexOf(' ');
            return blank < 0 ? new OutlineAttribute(part, "") : new OutlineAttribute(part[..blank], part[(blank + 1)..]);
        });
    }

    // A label between quotes may hold any of the separators.
    private static List<string> Split(string text, string separator, int most)
    {
        var parts = new List<string>();
        int start = 0;
        bool quoted = false;
        for (int i = 0; i < text.Length && parts.Count < most - 1; i++)
        {
            quoted ^= text[i] == '"';
            if (!quoted && string.CompareOrdinal(text, i, separator, 0, separator.Length) == 0)
            {
                parts.Add(text[start..i]);
                start = i + separator.Length;
                i = start - 1;
            }
        }
        parts.Add(text[start..]);
        return parts;
    }
}
