using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.Json;
using MigrationConformance.Core;

namespace MigrationConformance.Cli.Compare;

/// <summary>Reads claims: files of the user, and those of the series, which come with the program.</summary>
internal static class ClaimsReader
{
    private const string Resource = "claims/";

    private static readonly JsonDocumentOptions Options = new() { CommentHandling = JsonCommentHandling.Disallow, AllowTrailingCommas = false };

    /// <summary>The claims for two levels: those written for just these two, or all of the levels after the first up to the second.</summary>
    /// <param name="before">The first level.</param>
    /// <param name="after">The second level.</param>
    /// <returns>The claims; none when the second level comes first.</returns>
    public static ClaimsFile OfSeries(PatchLevel before, PatchLevel after)
    {
        List<ClaimsFile> files = [.. Embedded()];
        if (files.Find(file => file.Before == before && file.After == after) is { } exact)
            return exact;
        List<ClaimsFile> between = files.FindAll(file => file.After == file.Before + 1 && file.Before >= before && file.After <= after);
        between.Sort((a, b) => a.After.CompareTo(b.After));
        return new ClaimsFile(before, after, [.. between.SelectMany(file => file.Claims)], [.. between.SelectMany(file => file.Interleaved)], null);
    }

    /// <summary>Every claims file that comes with the program.</summary>
    /// <returns>The files, in no order that matters.</returns>
    public static IEnumerable<ClaimsFile> Embedded()
    {
        Assembly program = typeof(ClaimsReader).Assembly;
        foreach (string name in program.GetManifestResourceNames().Where(name => name.StartsWith(Resource, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using StreamReader reader = new(program.GetManifestResourceStream(name)!);
            yield return Parse(name, reader.ReadToEnd());
        }
    }

    /// <summary>Reads a claims file.</summary>
    /// <param name="path">Where it is.</param>
    /// <returns>The claims.</returns>
    /// <exception cref="UserError">It cannot be read or is no claims file.</exception>
    public static ClaimsFile Read(string path)
    {
        try
        {
            return Parse(path, File.ReadAllText(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserError($"{path}: there is no such file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"{path}: {e.Message.TrimEnd('.')}");
        }
    }

    /// <summary>Reads claims.</summary>
    /// <param name="path">Where they come from, for errors.</param>
    /// <param name="json">The text.</param>
    /// <returns>The claims.</returns>
    /// <exception cref="UserError">It is no claims file.</exception>
    public static ClaimsFile Parse(string path, string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, Options);
            return Document(new Place(path, "$"), document.RootElement);
        }
        catch (JsonException e)
        {
            throw new UserError($"{path}: line {e.LineNumber + 1}: this is no JSON, expected a claims file");
        }
    }

    private static ClaimsFile Document(Place at, JsonElement json)
    {
        Dictionary<string, JsonElement> members = Members(at, json, "before", "after", "nothingBecause", "claims", "interleaved");
        PatchLevel before = Level(at / "before", Required(at, members, "before")), after = Level(at / "after", Required(at, members, "after"));
        List<Claim> claims = ClaimsIn(at, members, "claims"), interleaved = ClaimsIn(at, members, "interleaved");
        string? nothing = members.TryGetValue("nothingBecause", out JsonElement why) ? Text(at / "nothingBecause", why) : null;
        if (claims.Count > 0 == nothing is not null)
            throw at.Error(claims.Count > 0 ? "both" : "neither", "either claims or \"nothingBecause\"");
        if (claims.Concat(interleaved).GroupBy(claim => claim.Id).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw (at / "claims").Error($"\"{twice.Key}\" twice", "an id of its own for each claim");
        return new ClaimsFile(before, after, claims, interleaved, nothing);
    }

    private static List<Claim> ClaimsIn(Place at, Dictionary<string, JsonElement> members, string name)
    {
        List<Claim> claims = [];
        if (members.TryGetValue(name, out JsonElement list))
        {
            foreach (JsonElement each in Items(at / name, list))
                claims.Add(ClaimOf(at / $"{name}[{claims.Count}]", each));
        }
        return claims;
    }

    private static Claim ClaimOf(Place at, JsonElement json)
    {
        Dictionary<string, JsonElement> members = Members(at, json, "id", "says", "pages", "shows", "with");
        string id = Text(at / "id", Required(at, members, "id"));
        if (id.Length == 0 || id.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-'))
            throw (at / "id").Error($"\"{id}\"", "small letters, digits and hyphens");
        var pages = new List<PagePattern>();
        foreach (JsonElement page in Items(at / "pages", Required(at, members, "pages")))
            pages.Add(Page(at / $"pages[{pages.Count}]", page));
        List<DifferencePattern> shows = members.TryGetValue("shows", out JsonElement must) ? Patterns(at / "shows", must) : [];
        List<DifferencePattern> with = members.TryGetValue("with", out JsonElement may) ? Patterns(at / "with", may) : [];
        if (pages.Count == 0 || shows.Count + with.Count == 0)
            throw at.Error(pages.Count == 0 ? "no pages" : "no differences", "at least one");
        return new Claim(id, Text(at / "says", Required(at, members, "says")), pages, shows, with);
    }

    private static PagePattern Page(Place at, JsonElement json)
    {
        PageFacts yes = PageFacts.None, no = PageFacts.None;
        foreach (string word in Text(at, json).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            bool negated = word[0] == '!';
            PageFacts fact = PageFactsOf.Find(negated ? word[1..] : word) ?? throw at.Error($"\"{word}\"", $"words of {PageFactsOf.AllWords()}, each with or without \"!\" in front");
            if (negated)
                no |= fact;
            else
                yes |= fact;
        }
        return new PagePattern(yes, no);
    }

    private static List<DifferencePattern> Patterns(Place at, JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw at.Error(Found(json), "an object of aspects");
        var patterns = new List<DifferencePattern>();
        foreach (JsonProperty member in json.EnumerateObject())
        {
            Aspect aspect = Find(member.Name) ?? throw at.Error($"\"{member.Name}\"", $"an aspect: {string.Join(", ", Enum.GetValues<Aspect>().Select(EndDifference.Word))}");
            int number = 0;
            foreach (JsonElement each in Items(at / member.Name, member.Value))
                patterns.Add(Pattern(at / $"{member.Name}[{number++}]", aspect, Text(at / member.Name, each)));
        }
        return patterns;
    }

    private static DifferencePattern Pattern(Place at, Aspect aspect, string text)
    {
        string[] sides = text.Split(" -> ");
        return text == "*" ? new DifferencePattern(aspect, "*", "*")
            : sides.Length == 2 ? new DifferencePattern(aspect, sides[0].Trim(), sides[1].Trim())
            : text.StartsWith("+ ", StringComparison.Ordinal) ? new DifferencePattern(aspect, "", text[2..])
            : text.StartsWith("- ", StringComparison.Ordinal) ? new DifferencePattern(aspect, text[2..], "")
            : throw at.Error($"\"{text}\"", "\"before -> after\", \"+ after\", \"- before\" or \"*\"");
    }

    private static Aspect? Find(string word)
    {
        foreach (Aspect aspect in Enum.GetValues<Aspect>())
        {
            if (EndDifference.Word(aspect) == word)
                return aspect;
        }
        return null;
    }

    private static PatchLevel Level(Place at, JsonElement json) =>
        PatchSet.Find(Text(at, json)) ?? throw at.Error($"\"{json.GetString()}\"", $"one of {PatchSet.Words(", ")}");

    private static Dictionary<string, JsonElement> Members(Place at, JsonElement json, params string[] names)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw at.Error(Found(json), "an object");
        var members = new Dictionary<string, JsonElement>();
        foreach (JsonProperty member in json.EnumerateObject())
        {
            if (!names.Contains(member.Name) || !members.TryAdd(member.Name, member.Value))
                throw at.Error($"\"{member.Name}\"", $"each of {string.Join(", ", names)} at most once");
        }
        return members;
    }

    private static JsonElement Required(Place at, Dictionary<string, JsonElement> members, string name) =>
        members.TryGetValue(name, out JsonElement value) ? value : throw at.Error($"no \"{name}\"", "one");

    private static JsonElement.ArrayEnumerator Items(Place at, JsonElement json) =>
        json.ValueKind == JsonValueKind.Array ? json.EnumerateArray() : throw at.Error(Found(json), "a list");

    private static string Text(Place at, JsonElement json) =>
        json.ValueKind == JsonValueKind.String ? json.GetString()! : throw at.Error(Found(json), "a text");

    private static string Found(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        _ => json.GetRawText(),
    };

    /// <summary>A place in a claims file.</summary>
    private readonly record struct Place(string Path, string At)
    {
        public static Place operator /(Place place, string name) => place with { At = $"{place.At}.{name}" };

        public UserError Error(string found, string expected) => new($"{Path}: {At}: found {found}, expected {expected}");
    }
}
