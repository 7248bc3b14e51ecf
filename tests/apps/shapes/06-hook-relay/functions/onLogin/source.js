exports = ({ user }) => console.log(`${user.id} is here`);
