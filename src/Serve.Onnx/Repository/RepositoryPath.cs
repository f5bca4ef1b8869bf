namespace Serve.Onnx.Repository;

/// <summary>Paths that a configuration or a request names: they lead to something inside a folder, or nowhere.</summary>
internal static class RepositoryPath
{
    private const int MostLinks = 40;

    /// <summary>The full path of something in a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="relative">The path in it, such as <c>1/model.onnx</c>.</param>
    /// <param name="what">What names it, for the error.</param>
    /// <exception cref="OnnxModelException">The path leads out of the folder, by itself or by a link on its way.</exception>
    public static string Inside(string folder, string relative, string what)
    {
        var isPlain = relative.Length > 0 && !relative.Contains('\0') && !relative.Contains('\\') && !Path.IsPathRooted(relative)
            && relative.Split('/').All(static part => part is not ("" or "." or ".."));
        if (!isPlain)
            throw new OnnxModelException($"{what} is '{relative}'; it must be a plain path in '{folder}', such as 1/model.onnx.");
        var path = Path.Combine(folder, Path.Combine(relative.Split('/')));
        if (!IsWithin(RealPathOf(path), RealPathOf(folder)))
            throw new OnnxModelException($"{what} is '{relative}', which leads out of '{folder}' by a link.");
        return path;
    }

    private static bool IsWithin(string path, string folder) =>
        path.StartsWith(Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>The path without links. What doesn't exist has none.</summary>
    private static string RealPathOf(string path)
    {
        var links = 0;
        var real = Path.GetPathRoot(Path.GetFullPath(path))!;
        var rest = new Stack<string>(Parts(Path.GetFullPath(path)).Reverse());
        while (rest.TryPop(out var part))
        {
            var next = Path.Combine(real, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }

            if (++links > MostLinks)
                throw new OnnxModelException($"'{path}' goes through more than {MostLinks} links.");
            var full = Path.GetFullPath(target, real);
            real = Path.GetPathRoot(full)!;
            foreach (var step in Parts(full).Reverse())
                rest.Push(step);
        }

        return real;
    }

    private static string[] Parts(string path) => path.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
}
