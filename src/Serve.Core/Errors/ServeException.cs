namespace Serve;

/// <summary>A failure of a request that Serve knows by name.</summary>
public class ServeException : Exception
{
    /// <summary>Makes one.</summary>
    /// <param name="error">The kind of failure.</param>
    /// <param name="message">What happened, to what, and what to change.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public ServeException(ServeError error, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Error = error;
    }

    /// <summary>The kind of failure.</summary>
    public ServeError Error { get; }

    /// <summary>When it makes sense to try again, or null where the kind of failure says.</summary>
    internal TimeSpan? RetryAfter { get; init; }

    /// <summary>The same failure with more to say, which has this one as its cause.</summary>
    internal virtual ServeException With(string message) => Create(Error, message, this);

    internal static ServeException Create(ServeError error, string message, Exception? innerException = null) => error switch
    {
        ServeError.BackPressure => new BackPressureException(message, innerException),
        ServeError.Unavailable => new DeploymentUnavailableException(message, innerException),
        ServeError.Timeout => new RequestTimeoutException(message, innerException),
        ServeError.ReplicaLost => new ReplicaLostException(message, innerException),
        _ => new ServeException(error, message, innerException),
    };
}

/// <summary>All replicas are busy and the queue in front of them is full. Retrying later may succeed.</summary>
public sealed class BackPressureException(string message, Exception? innerException = null) : ServeException(ServeError.BackPressure, message, innerException);

/// <summary>The deployment has no replica that could take the request, for instance because its start failed.</summary>
public sealed class DeploymentUnavailableException(string message, Exception? innerException = null) : ServeException(ServeError.Unavailable, message, innerException);

/// <summary>The request did not finish within its time.</summary>
public sealed class RequestTimeoutException(string message, Exception? innerException = null) : ServeException(ServeError.Timeout, message, innerException);

/// <summary>The replica that worked on the request ended before it answered.</summary>
public sealed class ReplicaLostException(string message, Exception? innerException = null) : ServeException(ServeError.ReplicaLost, message, innerException);

/// <summary>The called deployment's own code threw. Carries the type, message and stack of the exception that was thrown over there.</summary>
public sealed class RemoteException : ServeException
{
    /// <summary>Makes one.</summary>
    /// <param name="deployment">The deployment whose code threw.</param>
    /// <param name="exceptionType">The full name of the type that was thrown.</param>
    /// <param name="remoteMessage">Its message.</param>
    /// <param name="remoteStackTrace">Its stack trace.</param>
    public RemoteException(string deployment, string exceptionType, string remoteMessage, string? remoteStackTrace)
        : this(deployment, exceptionType, remoteMessage, remoteStackTrace, innerException: null)
    {
    }

    internal RemoteException(string deployment, string exceptionType, string remoteMessage, string? remoteStackTrace, Exception? innerException)
        : this($"Deployment '{deployment}' threw {exceptionType}: {remoteMessage}", deployment, exceptionType, remoteMessage, remoteStackTrace, innerException)
    {
    }

    private RemoteException(string message, string deployment, string exceptionType, string remoteMessage, string? remoteStackTrace, Exception? innerException)
        : base(ServeError.UserCode, message, innerException)
    {
        Deployment = deployment;
        ExceptionType = exceptionType;
        RemoteMessage = remoteMessage;
        RemoteStackTrace = remoteStackTrace;
    }

    /// <summary>The deployment whose code threw.</summary>
    public string Deployment { get; }

    /// <summary>The full name of the type that was thrown, for instance <c>System.ArgumentException</c>.</summary>
    public string ExceptionType { get; }

    /// <summary>The message that it was thrown with.</summary>
    public string RemoteMessage { get; }

    /// <summary>The stack in the process where it was thrown.</summary>
    public string? RemoteStackTrace { get; }

    /// <summary>Whether exactly <typeparamref name="TException"/> was thrown over there.</summary>
    /// <typeparam name="TException">The type to ask for.</typeparam>
    public bool Is<TException>()
        where TException : Exception => ExceptionType == typeof(TException).FullName;

    internal override ServeException With(string message) => new RemoteException(message, Deployment, ExceptionType, RemoteMessage, RemoteStackTrace, this);

    /// <inheritdoc/>
    public override string ToString() =>
        RemoteStackTrace is null ? base.ToString() : $"{base.ToString()}{Environment.NewLine}--- remote stack ---{Environment.NewLine}{RemoteStackTrace}";
}
