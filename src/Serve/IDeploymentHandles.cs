namespace Serve;

/// <summary>
/// Makes handles whose deployment is known only while the program runs, or outside constructors. Inject it, or take it from the service
/// provider; it works in requests and outside of them, for instance in background services.
/// </summary>
public interface IDeploymentHandles
{
    /// <summary>The handle of the one deployment of this application that implements an interface.</summary>
    /// <typeparam name="T">The interface.</typeparam>
    /// <exception cref="InvalidOperationException">None implements it, or several do.</exception>
    DeploymentHandle<T> Get<T>()
        where T : class;

    /// <summary>The handle of a deployment of this application.</summary>
    /// <typeparam name="T">An interface that the deployment implements.</typeparam>
    /// <param name="deployment">The deployment's name, or <c>application/deployment</c> for another application.</param>
    /// <exception cref="InvalidOperationException">There is no such deployment, or it does not implement the interface.</exception>
    DeploymentHandle<T> Get<T>(string deployment)
        where T : class;

    /// <summary>
    /// The handle of a deployment of another application. Whether that is there shows with the first call, which throws
    /// <see cref="DeploymentUnavailableException"/> where it is not: applications come and go on their own.
    /// </summary>
    /// <typeparam name="T">An interface that the deployment implements, for instance from a library that both programs use.</typeparam>
    /// <param name="application">The application's name.</param>
    /// <param name="deployment">The deployment's name.</param>
    DeploymentHandle<T> Get<T>(string application, string deployment)
        where T : class;
}
