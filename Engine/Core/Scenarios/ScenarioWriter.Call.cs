using System.Text.Json;

namespace MigrationConformance.Core;

// The system call.
public static partial class ScenarioWriter
{
    private static void WriteCall(Utf8JsonWriter json, ScenarioCall call)
    {
        json.WriteStartObject("call"u8);
        if (call.Kind == PolicyCallKind.Mbind)
            WriteMbind(json, call);
        else
            WriteMigratePages(json, call);
        json.WriteEndObject();
    }

    private static void WriteMigratePages(Utf8JsonWriter json, ScenarioCall call)
    {
        json.WriteStartObject("migratePages"u8);
        if (call.Process is null)
            json.WriteNull("process"u8);
        else
            WriteNumber(json, "process"u8, call.Process, 0);
        WriteNumber(json, "caller"u8, call.Caller, null);
        WriteNumbers(json, "from"u8, call.From);
        WriteNumbers(json, "to"u8, call.To);
        json.WriteEndObject();
    }

    private static void WriteMbind(Utf8JsonWriter json, ScenarioCall call)
    {
        json.WriteStartObject("mbind"u8);
        WriteNumber(json, "process"u8, call.Process, 0);
        WriteAddress(json, "start"u8, call.Start);
        WriteNumber(json, "pages"u8, call.Pages);
        WriteWord(json, "policy"u8, Names.Policies, (int)call.Policy - (int)MpolMode.Bind, 0);
        WriteNumbers(json, "nodes"u8, call.Nodes);
        if (call.Flags != ScenarioCall.DefaultFlags)
            ResultWriter.WriteBits(json, "flags"u8, (uint)call.Flags, Names.MpolFlags);
        json.WriteEndObject();
    }
}
