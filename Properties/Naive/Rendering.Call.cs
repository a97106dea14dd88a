namespace MigrationConformance.Properties.Naive;

/// <summary>The member call: what a system call did.</summary>
internal sealed partial class Rendering
{
    private static readonly Dictionary<int, string> Errors = new()
    {
        [Kernel.EPERM] = "EPERM",
        [Kernel.ESRCH] = "ESRCH",
        [Kernel.EIO] = "EIO",
        [Kernel.ENOMEM] = "ENOMEM",
        [Kernel.EFAULT] = "EFAULT",
        [Kernel.ENODEV] = "ENODEV",
        [Kernel.EINVAL] = "EINVAL",
    };

    private void SystemCall()
    {
        if (_world.Call is not { } call)
        {
            return;
        }

        CallReport report = _world.Report;
        _json.WriteStartObject("call");
        _json.WriteString("name", call.Name);
        _json.WriteString("error", _world.Returned is < 0 ? Errors[_world.Returned.Value] : null);
        _json.WriteNumber("found", report.Found);
        _json.WriteNumber("shared", report.SharedPages);
        _json.WriteNumber("notOnLru", report.NotOnLru);
        _json.WriteNumber("isolated", report.Isolated);
        _json.WriteNumber("putBack", report.PutBack);
        Array("chunks", report.Chunks, chunk =>
        {
            _json.WriteStartObject();
            _json.WriteNumber("pages", chunk.Pages);
            _json.WriteNumber("newPages", chunk.NewPages);
            Number("return", chunk.Returned);
            _json.WriteEndObject();
        });
        _json.WriteEndObject();
    }
}
