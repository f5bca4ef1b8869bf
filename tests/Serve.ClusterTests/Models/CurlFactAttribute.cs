namespace Serve.ClusterTests.Models;

/// <summary>A test with curl, where it is installed.</summary>
public sealed class CurlFactAttribute : FactAttribute
{
    public CurlFactAttribute()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!Array.Exists(folders, static folder => File.Exists(Path.Combine(folder, OperatingSystem.IsWindows() ? "curl.exe" : "curl"))))
            Skip = "There is no curl: apt install curl.";
    }
}
