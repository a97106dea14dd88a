namespace MigrationConformance.Core;

/// <summary>One difference between two renderings.</summary>
/// <param name="Before">The line in the first text, or null when it is new.</param>
/// <param name="After">The line in the second text, or null when it is gone.</param>
/// <param name="Attribute">The attribute that differs, or "" when the whole line came or went.</param>
/// <param name="Old">Its old value, or null when it was not there.</param>
/// <param name="New">Its new value, or null when it is not there.</param>
public sealed record OutlineChange(OutlineLine? Before, OutlineLine? After, string Attribute, string? Old, string? New)
{
    /// <summary>The line it is about.</summary>
    public OutlineLine Line => After ?? Before!;

    /// <summary>Whether the value is a set of names, so that single names come and go.</summary>
    public bool IsSet => Attribute is "flags" or "tags" or "bits" or "state";

    /// <summary>The difference in words: <c>+dirty -lru</c>, <c>count 3->2</c>, <c>none->slot 1</c>.</summary>
    /// <returns>The words, without the subject.</returns>
    public string InWords()
    {
        if (Attribute.Length == 0)
            return After is null ? "gone" : "new" + Everything(After);
        if (IsSet)
            return string.Join(' ', SetWords(Old, New));
        string name = Attribute is "holds" ? "" : Attribute + " ";
        return $"{name}{Shown(Old)}->{Shown(New)}";
    }

    /// <summary>The names that come to a set and go from it, in the order in which they stand.</summary>
    /// <param name="old">The old set, joined by bars, or null.</param>
    /// <param name="now">The new set, joined by bars, or null.</param>
    /// <returns><c>+name</c> and <c>-name</c>.</returns>
    public static IEnumerable<string> SetWords(string? old, string? now)
    {
        string[] before = Names(old), after = Names(now);
        foreach (string name in after)
        {
            if (!before.AsSpan().Contains(name))
                yield return "+" + name;
        }
        foreach (string name in before)
        {
            if (!after.AsSpan().Contains(name))
                yield return "-" + name;
        }
    }

    private static string Everything(OutlineLine line)
    {
        string[] parts = Array.ConvertAll(line.Attributes, a => a.Name == "holds" ? a.Value : a.Value.Length == 0 ? a.Name : $"{a.Name} {a.Value}");
        return parts.Length == 0 ? "" : " " + string.Join(' ', parts);
    }

    private static string Shown(string? value) => value is null ? "none" : value.Length == 0 ? "set" : value;

    private static string[] Names(string? set) => set is null or "none" or "" ? [] : set.Split('|');
}

/// <summary>Compares two renderings by what their lines are about, not by where they stand.</summary>
public static class OutlineDiff
{
    /// <summary>The differences, in the order of the second text; lines that are gone come last.</summary>
    /// <param name="before">The first text, read.</param>
    /// <param name="after">The second text, read.</param>
    /// <returns>The differences, none when the texts say the same.</returns>
    public static List<OutlineChange> Between(List<OutlineLine> before, List<OutlineLine> after)
    {
        Dictionary<string, OutlineLine> old = ByPath(before);
        var changes = new List<OutlineChange>();
        var met = new HashSet<OutlineLine>(ReferenceEqualityComparer.Instance);
        foreach ((string path, OutlineLine now) in Keyed(after))
        {
            if (!old.TryGetValue(path, out OutlineLine? was))
                changes.Add(new OutlineChange(null, now, "", null, null));
            else
            {
                met.Add(was);
                AddAttributes(changes, was, now);
            }
        }
        foreach (OutlineLine was in before)
        {
            if (!met.Contains(was))
                changes.Add(new OutlineChange(was, null, "", null, null));
        }
        return changes;
    }

    private static void AddAttributes(List<OutlineChange> changes, OutlineLine was, OutlineLine now)
    {
        for (int i = 0; i < now.Attributes.Length; i++)
        {
            string? old = SameIn(was, now, i);
            if (old != now.Attributes[i].Value)
                changes.Add(new OutlineChange(was, now, now.Attributes[i].Name, old, now.Attributes[i].Value));
        }
        for (int i = 0; i < was.Attributes.Length; i++)
        {
            if (SameIn(now, was, i) is null)
                changes.Add(new OutlineChange(was, now, was.Attributes[i].Name, was.Attributes[i].Value, null));
        }
    }

    // A line may say a name several times: the second time is compared with the second time.
    private static string? SameIn(OutlineLine other, OutlineLine line, int at)
    {
        int times = 0;
        for (int i = 0; i < at; i++)
            times += line.Attributes[i].Name == line.Attributes[at].Name ? 1 : 0;
        foreach (OutlineAttribute attribute in other.Attributes)
        {
            if (attribute.Name == line.Attributes[at].Name && times-- == 0)
                return attribute.Value;
        }
        return null;
    }

    private static Dictionary<string, OutlineLine> ByPath(List<OutlineLine> lines)
    {
        var paths = new Dictionary<string, OutlineLine>(StringComparer.Ordinal);
        foreach ((string path, OutlineLine line) in Keyed(lines))
            paths.Add(path, line);
        return paths;
    }

    // A path that comes again, such as a step that is made twice, is told from the first by how often it came.
    private static IEnumerable<(string Path, OutlineLine Line)> Keyed(List<OutlineLine> lines)
    {
        var times = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (OutlineLine line in lines)
        {
            times[line.Path] = times.GetValueOrDefault(line.Path) + 1;
            yield return ($"{line.Path} #{times[line.Path]}", line);
        }
    }
}
