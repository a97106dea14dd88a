using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace MigrationConformance.Cli.Review;

/// <summary>What is pending, for a reader without a terminal and for a program.</summary>
internal static class ReviewListing
{
    /// <summary>Writes the groups, the snapshots of each below it.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="groups">The groups.</param>
    public static void WriteText(TextWriter output, IReadOnlyList<ReviewGroup> groups)
    {
        int pending = groups.Sum(g => g.Snapshots.Count);
        output.Write(pending == 0 ? "nothing is pending\n" : $"{pending} pending in {groups.Count} group{(groups.Count == 1 ? "" : "s")}\n");
        foreach (ReviewGroup group in groups)
        {
            output.Write($"\n{group.Title}\n  accept with: review --accept {group.Id}\n");
            foreach (string also in group.AlsoInWords)
                output.Write($"  {also}\n");
            foreach (PendingSnapshot snapshot in group.Snapshots)
                output.Write($"    {snapshot.Name}{(snapshot.Approved is null ? "  (new)" : "")}\n");
        }
    }

    /// <summary>Writes one JSON object.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="groups">The groups.</param>
    public static void WriteJson(Stream output, IReadOnlyList<ReviewGroup> groups)
    {
        using Utf8JsonWriter json = new(output, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteNumber("pending", groups.Sum(g => g.Snapshots.Count));
        json.WriteStartArray("groups");
        foreach (ReviewGroup group in groups)
        {
            json.WriteStartObject();
            json.WriteString("id", group.Id);
            json.WriteString("cause", group.Cause);
            json.WriteStartArray("also");
            foreach ((string cause, int count) in group.Also)
            {
                json.WriteStartObject();
                json.WriteString("cause", cause);
                json.WriteNumber("snapshots", count);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("snapshots");
            foreach (PendingSnapshot snapshot in group.Snapshots)
            {
                json.WriteStartObject();
                json.WriteString("name", snapshot.Name);
                json.WriteString("received", snapshot.Received);
                json.WriteString("verified", snapshot.Verified);
                json.WriteBoolean("new", snapshot.Approved is null);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
