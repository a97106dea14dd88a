using System.Text.Json;

namespace MigrationConformance.Core;

// What a system call did.
public static partial class ResultWriter
{
    private static void WriteCall(Utf8JsonWriter json, MigrationResult result, CallOutcome call, in KernelTask task)
    {
        PolicyCall c = call.Locals;
        json.WriteStartObject("call"u8);
        json.WriteString("name"u8, Names.Call.Encoded[(int)c.Kind - 1]);
        if (result.End == StepResult.Finished && task.Result < 0)
            json.WriteString("error"u8, Errno.Name(-task.Result));
        else
            json.WriteNull("error"u8);
        json.WriteNumber("found"u8, c.NrFound);
        json.WriteNumber("shared"u8, c.NrShared);
        json.WriteNumber("notOnLru"u8, c.NrNotOnLru);
        json.WriteNumber("isolated"u8, c.NrIsolated);
        json.WriteNumber("putBack"u8, c.NrPutBack);
        json.WriteStartArray("chunks"u8);
        foreach (CallChunk chunk in call.Chunks)
        {
            json.WriteStartObject();
            json.WriteNumber("pages"u8, chunk.Pages);
            json.WriteNumber("newPages"u8, chunk.NewPages);
            WriteNumber(json, "return"u8, chunk.Returned);
            json.WriteEndObject();
            FlushWhenLong(json);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
