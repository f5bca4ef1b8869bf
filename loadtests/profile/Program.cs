// Where the time goes, as tables of modules and methods:
//   profile attach <seconds> <pid>...   samples running .NET processes through EventPipe, all at the same time
//   profile nettrace <file>...          reads traces that exist, for instance of DOTNET_EnableEventPipe=1
//   profile perf                        reads the output of "perf script -F comm,pid,ip,sym,dso" on standard input
using Profile;

const int Rows = 40;

switch (args)
{
    case ["attach", var seconds, .. var pids] when int.TryParse(seconds, out var length) && pids.Length > 0:
        using (var folder = new TraceFolder())
        {
            var duration = TimeSpan.FromSeconds(length);
            var traces = await Task.WhenAll(pids.Select(pid => EventPipeSession.RecordAsync(int.Parse(pid), duration, folder.FileOf(pid))));
            foreach (var trace in traces)
                Print(Path.GetFileNameWithoutExtension(trace), NettraceReader.Read(trace));
        }

        return 0;
    case ["nettrace", .. var files] when files.Length > 0:
        foreach (var file in files)
            Print(file, NettraceReader.Read(file));
        return 0;
    case ["perf"]:
        foreach (var (process, samples) in PerfReader.Read(Console.In))
            Print(process, samples);
        return 0;
    default:
        Console.Error.WriteLine("profile attach <seconds> <pid>... | profile nettrace <file>... | profile perf < perf-script-output");
        return 2;
}

static void Print(string process, SampleTable samples)
{
    Console.WriteLine($"\n======== {process}: {samples.Busy} samples at work, {samples.Waiting} waiting");
    samples.Print(Console.Out, Rows);
}
