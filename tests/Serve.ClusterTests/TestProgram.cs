using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>Documents for the test program.</summary>
internal static class TestProgram
{
    public static string Dll { get; } = Repository.DllOf("tests/Serve.TestProgram", "Serve.TestProgram");

    /// <param name="more">More keys of the application, indented by four spaces.</param>
    /// <param name="name">The application's name.</param>
    /// <param name="prefix">Its route prefix.</param>
    public static string Application(string more = "", string name = "default", string prefix = "/") => $"""
          - name: {name}
            route_prefix: {prefix}
            import_path: {Dll}
        {more}
        """;

    public static string Document(params ReadOnlySpan<string> applications) => "applications:\n" + string.Join('\n', applications.ToArray());
}
