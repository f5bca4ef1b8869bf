namespace Serve.ClusterTests.Grpc;

/// <summary>A test with Python's gRPC client, where it is installed.</summary>
public sealed class PythonGrpcTheoryAttribute : TheoryAttribute
{
    /// <summary>The system's own, which has Debian's packages.</summary>
    public const string Python = "/usr/bin/python3";

    private const string Module = "/usr/lib/python3/dist-packages/grpc";

    public PythonGrpcTheoryAttribute()
    {
        if (!File.Exists(Python) || !Directory.Exists(Module))
            Skip = $"{Module} doesn't exist: apt install python3-grpcio.";
    }
}
