using System.Text.RegularExpressions;

namespace Profile;

/// <summary>
/// Reads what <c>perf script -F comm,pid,ip,sym,dso</c> prints. Unlike EventPipe it sees the kernel and native code, and only threads that run; the names of
/// managed methods are there where the process had DOTNET_PerfMapEnabled=3 and DOTNET_EnableWriteXorExecute=0. What the kernel did counts for the system call. A sample is a line with the process, a line for each frame, and an empty line:
/// <code>
/// .NET TP Worker   8123
///     ffffffff8142e2b5 do_syscall_64 ([kernel.kallsyms])
///     7f5c1a2b3c4d void [System.Net.Sockets] System.Net.Sockets.SocketPal::SysReceive(class System.Net.Sockets.SafeSocketHandle)[OptimizedTier1] (/tmp/perf-8123.map)
/// </code>
/// </summary>
internal static partial class PerfReader
{
    private const string Kernel = "kernel";
    private const string SystemCall = "__x64_sys_";

    public static IEnumerable<(string Process, SampleTable Samples)> Read(TextReader input)
    {
        var tables = new Dictionary<string, SampleTable>(StringComparer.Ordinal);
        var stack = new List<Frame>();
        string? process = null;
        for (var line = input.ReadLine(); line is not null; line = input.ReadLine())
        {
            if (line.Length == 0)
            {
                if (process is not null)
                    TableOf(process).Add(stack);
                process = null;
                stack.Clear();
            }
            else if (process is null)
            {
                process = ProcessLine().Match(line).Groups["pid"].Value;
            }
            else if (FrameLine().Match(line) is { Success: true } frame)
            {
                Push(stack, frame.Groups["symbol"].Value, frame.Groups["library"].Value);
            }
        }

        return tables.OrderByDescending(pair => pair.Value.Busy).Select(pair => (pair.Key, pair.Value));

        SampleTable TableOf(string name) => tables.TryGetValue(name, out var table) ? table : tables[name] = new SampleTable();
    }

    private static void Push(List<Frame> stack, string symbol, string library)
    {
        if (!library.Contains("kernel", StringComparison.Ordinal))
            stack.Add(FrameOf(symbol, library));
        else if (stack.Count == 0)
            stack.Add(new Frame(Kernel, symbol)); // an interrupt, unless a system call is found below it
        else if (symbol.StartsWith(SystemCall, StringComparison.Ordinal))
            stack[0] = new Frame(Kernel, symbol[SystemCall.Length..]);
    }

    private static Frame FrameOf(string symbol, string library)
    {
        if (Managed().Match(symbol) is { Success: true } managed)
            return Frame.OfManaged(managed.Groups["module"].Value, managed.Groups["method"].Value.Replace("::", ".", StringComparison.Ordinal));
        var module = Path.GetFileName(library);
        return new Frame(module.StartsWith("perf-", StringComparison.Ordinal) ? "stubs" : module, symbol);
    }

    [GeneratedRegex(@"\s(?<pid>\d+)\s*$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ProcessLine();

    [GeneratedRegex(@"^\s*[0-9a-f]+ (?<symbol>.*) \((?<library>[^()]*)\)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FrameLine();

    [GeneratedRegex(@"^([^(]*\s)?\[(?<module>[\w.+-]+)\] (?<method>[^(]+)\(", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Managed();
}
