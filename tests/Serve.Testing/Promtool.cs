using System.Diagnostics;

namespace Serve.Testing;

/// <summary>Prometheus' own judge of a page of metrics. Where it is not installed, only our own check (<see cref="ExpositionCheck"/>) judges.</summary>
public static class Promtool
{
    /// <returns>What it complains about.</returns>
    public static async Task<string> CheckAsync(string page)
    {
        var start = new ProcessStartInfo("promtool", ["check", "metrics"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "";
        }

        using (process)
        {
            var complaints = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            await process.StandardInput.WriteAsync(page);
            process.StandardInput.Close();
            await process.WaitForExitAsync();
            return await complaints + await output;
        }
    }
}
