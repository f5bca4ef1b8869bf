using System.Globalization;

namespace Load;

/// <summary>What processes hold of the machine's memory.</summary>
internal static class ProcessMemory
{
    private const string Label = "VmRSS:";

    /// <summary>The resident memory of each process in MiB; 0 for one that has ended.</summary>
    public static IReadOnlyList<double> ReadMiB(IEnumerable<int> processIds) => [.. processIds.Select(ReadMiB)];

    private static double ReadMiB(int processId)
    {
        try
        {
            var line = File.ReadLines($"/proc/{processId}/status").FirstOrDefault(line => line.StartsWith(Label, StringComparison.Ordinal));
            return line is null ? 0 : Math.Round(double.Parse(line[Label.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024, 1);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
