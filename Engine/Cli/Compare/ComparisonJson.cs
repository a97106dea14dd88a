using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MigrationConformance.Core;

namespace MigrationConformance.Cli.Compare;

/// <summary>A comparison as one JSON object, for programs. CLAIMS.md describes it.</summary>
internal static class ComparisonJson
{
    /// <summary>Writes a comparison.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="report">The comparison.</param>
    public static void Write(TextWriter output, ComparisonReport report)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            Write(json, report);
        output.Write(Encoding.UTF8.GetString(stream.ToArray()) + "\n");
    }

    private static void Write(Utf8JsonWriter json, ComparisonReport report)
    {
        json.WriteStartObject();
        json.WriteString("before", PatchSet.Word(report.Comparison.Before));
        json.WriteString("after", PatchSet.Word(report.Comparison.After));
        json.WriteString("compared", report.Machines);
        json.WriteString("leftOut", report.LeavesOut);
        json.WriteNumber("machines", report.Comparison.Machines);
        json.WriteNumber("pages", report.Comparison.Pages);
        json.WriteNumber("differing", report.Comparison.Differing);
        json.WriteNumber("unclaimed", report.Unclaimed.Count());
        if (report.Claims.NothingBecause is { } why)
            json.WriteString("nothingBecause", why);
        json.WriteStartArray("groups");
        foreach (DifferenceGroup group in report.Groups)
            Write(json, report, group);
        json.WriteEndArray();
        json.WriteStartArray("claimsUnseen");
        foreach (Claim claim in report.Unseen)
            json.WriteStringValue(claim.Id);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ComparisonReport report, DifferenceGroup group)
    {
        GroupStory story = new(report.Comparison, group);
        json.WriteStartObject();
        json.WriteString("what", group.Title);
        json.WriteString("claim", group.Claim?.Id);
        json.WriteString("says", group.Claim?.Says);
        json.WriteNumber("pages", group.Count);
        json.WriteNumber("cases", group.Cases);
        Words(json, "always", group.Always);
        Words(json, "sometimes", group.Ever & ~group.Always);
        Strings(json, "with", group.With);
        json.WriteStartArray("differences");
        foreach ((EndDifference difference, long count) in group.Differences)
        {
            json.WriteStartObject();
            json.WriteString("aspect", EndDifference.Word(difference.Aspect));
            json.WriteString("before", difference.Before);
            json.WriteString("after", difference.After);
            json.WriteNumber("pages", count);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartObject("smallest");
        json.WriteString("note", story.Note);
        if (story.Page.IsNone)
            json.WriteNull("page");
        else
            json.WriteNumber("page", story.Page.Value);
        json.WritePropertyName("scenario");
        json.WriteRawValue(story.Scenario is { } scenario ? ScenarioWriter.ToText(scenario).Trim() : "null");
        Strings(json, "before", story.Before.Sentences);
        Strings(json, "after", story.After.Sentences);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Words(Utf8JsonWriter json, string name, PageFacts facts) =>
        Strings(json, name, PageFactsOf.Words(facts).Split(' ', System.StringSplitOptions.RemoveEmptyEntries));

    private static void Strings(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
