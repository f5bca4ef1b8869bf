namespace Serve.Server.Node;

/// <summary>The programs that come with Serve: <c>builtin:model-server</c> lies in the folder <c>model-server</c> beside the server's own files, on each node beside its own.</summary>
internal static class BuiltinPrograms
{
    /// <summary>What stands before their names.</summary>
    public const string Prefix = "builtin:";

    /// <summary>Serves ONNX models.</summary>
    public const string ModelServer = Prefix + "model-server";

    private const string ModelServerDll = "model-server/Serve.ModelServer.dll";

    public static bool IsOne(string importPath) => importPath.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>What is wrong with the name of one, or null.</summary>
    public static string? WhatIsWrong(string importPath) =>
        importPath == ModelServer ? null : $"the program '{importPath}' does not come with this version; there is {ModelServer}.";

    /// <summary>Where one lies.</summary>
    /// <exception cref="ProgramException">There is no such program, or this server was put together without it.</exception>
    public static string Find(string importPath)
    {
        if (WhatIsWrong(importPath) is { } wrong)
            throw new ProgramException($"In import_path, {wrong}", hasOutput: false);
        var path = Path.Combine(AppContext.BaseDirectory, ModelServerDll);
        return File.Exists(path) ? path : throw new ProgramException($"This server was put together without the program '{importPath}': there is no '{path}'.", hasOutput: false);
    }
}
