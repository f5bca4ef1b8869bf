namespace Serve;

/// <summary>A program can't work with the <c>args</c> of its application. Thrown while deployments are added, it fails the deploy with these words, before any replica starts.</summary>
/// <param name="problems">Each thing that is wrong: the argument's name and value, and what to write instead.</param>
public sealed class ServeArgsException(params IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    /// <summary>Each thing that is wrong.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
